"""The laws of other projects, written anew from what they publish, to be measured against."""
