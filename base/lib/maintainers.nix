# People who keep packages. The base has none of its own; a name that is asked for by others is given as it is.
{ lib }:
{
}
