# Which Debian packages the image holds: what options name, what generated files mention, and what those depend on.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.image;

  # Derivations that generated files mention. The context of a text says so without building anything.
  mentioned =
    let
      context = builtins.getContext (
        builtins.unsafeDiscardOutputDependency (
          builtins.toJSON [
            cfg.root.files
            cfg.root.storePaths
            cfg.root.profile
          ]
        )
      );
    in
    builtins.filter (lib.hasSuffix ".drv") (builtins.attrNames context);
  mentionedPackages = if mentioned == [ ] then [ ] else pkgs.hardpan.mentioned mentioned;
in
{
  options.image = {
    debianPackages = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "openssh-server" ];
      description = "Debian packages wanted in the image, by Debian's names; what they depend on comes along.";
    };
    omittedPackages = mkOption {
      type = types.attrsOf types.str;
      default = { };
      example = {
        debconf = "asks questions that nobody is there to answer";
      };
      description = "Debian packages that stay out although others depend on them, each with the reason.";
    };
    neededWith = mkOption {
      type = types.attrsOf (types.listOf types.str);
      default = { };
      internal = true;
      description = "Packages of `omittedPackages` that are not left out when one of these others is in the image.";
    };
    preferredPackages = mkOption {
      type = types.attrsOf types.str;
      default = { };
      example = {
        "default-dbus-system-bus" = "dbus-broker";
      };
      description = "Which package stands for a virtual package, or for an alternative of a dependency.";
    };
    pythonByteCode = mkOption {
      type = types.bool;
      default = true;
      description = ''
        Whether the image holds the byte code of Debian's Python modules. Without it each start of a Python program
        compiles what it imports; with it the building machine must let users make namespaces.
      '';
    };
    mentioned = mkOption {
      type = types.raw;
      internal = true;
      readOnly = true;
      description = "Derivations that generated files mention.";
    };
    closure = mkOption {
      type = types.raw;
      internal = true;
      readOnly = true;
      description = "The packages of the image, resolved.";
    };
  };

  # Who asks for another publisher's archive should know that Debian's own package was taken.
  config.warnings =
    let
      heldBack = builtins.filter (record: record.heldBack != [ ]) cfg.closure.packages;
      line =
        record:
        "the package ${record.name} is Debian's ${record.version}, although hardpan.archives has one of ${lib.concatStringsSep ", " record.heldBack}; { archive = …; replace = [ \"${record.name}\" ]; } takes that one";
    in
    map line heldBack;

  config.image.mentioned = mentioned;
  config.image.closure =
    let
      wanted = lib.unique (lib.sort (a: b: a < b) (cfg.debianPackages ++ mentionedPackages));
      omitted = lib.subtractLists wanted (builtins.attrNames cfg.omittedPackages);
      resolve =
        omit:
        pkgs.hardpan.closure {
          inherit wanted omit;
          prefer = cfg.preferredPackages;
        };
      first = resolve omitted;
      isNeeded =
        package:
        builtins.any (other: builtins.elem other first.names) (cfg.neededWith.${package} or [ ]);
      needed = builtins.filter isNeeded omitted;
    in
    if needed == [ ] then first else resolve (lib.subtractLists needed omitted);
}
