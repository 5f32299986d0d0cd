//! Runs a program in user, mount, pid, net, ipc and uts namespaces.
