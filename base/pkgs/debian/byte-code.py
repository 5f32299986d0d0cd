# Compiles the Python sources below a tree the way Debian's maintainer scripts would, but with the same bytes each
# time: a byte-code file depends on what its process compiled before, so the files are dealt out to a fixed number of
# processes in a fixed order, however many cores there are.
import os
import py_compile
import sys

PROCESSES = 4
MODE = py_compile.PycInvalidationMode.UNCHECKED_HASH


def sources(root):
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            yield os.path.join(folder, name)


def compile_all(paths, root, out):
    for path in paths:
        in_image = path[len(root):]
        folder, name = os.path.split(in_image)
        stem = name.removesuffix(".py")
        target = f"{out}{folder}/__pycache__/{stem}.{sys.implementation.cache_tag}.pyc"
        os.makedirs(os.path.dirname(target), exist_ok=True)
        try:
            py_compile.compile(path, target, in_image, doraise=True, invalidation_mode=MODE)
        except py_compile.PyCompileError:
            # Packages ship templates and tests for other versions, which no program imports.
            print(f"{in_image} is no Python of this version")


def main():
    root, out = sys.argv[1], os.environ["out"]
    os.makedirs(f"{out}/usr")
    paths = list(sources(root))
    children = []
    for number in range(PROCESSES):
        child = os.fork()
        if child == 0:
            compile_all(paths[number::PROCESSES], root, out)
            sys.stdout.flush()
            os._exit(0)
        children.append(child)
    for child in children:
        if os.waitpid(child, 0)[1] != 0:
            sys.exit("a process that compiles byte code failed")


main()
