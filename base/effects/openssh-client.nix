{
  scripts = {
    postinst = {
      sha256 = [ "062c275d9c918c542989693a7a0e8def89cb776e0243e8e0d04b737e0637533b" ];
      by = "the group is in this file; ssh-agent is not made setgid: it is not a daemon of the machine, and the agent's memory is protected by ptrace_scope";
    };
  };
  groups = [ "_ssh" ];
}
