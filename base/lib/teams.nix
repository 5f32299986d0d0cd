# Groups of people who keep packages; see maintainers.nix.
{ lib }:
{
}
