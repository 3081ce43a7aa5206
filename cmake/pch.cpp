// Empty on purpose: the precompiled header is built with this file.
