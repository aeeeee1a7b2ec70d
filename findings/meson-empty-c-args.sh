#!/bin/sh
# In Meson 1.12.1 an empty list of c_args in a native file silences $CFLAGS: the option counts as set, and the environment is read
# only for options that are not. A generated file that "adds nothing" so takes the user's flags away. With the flags beside the
# compiler's name in [binaries], $CFLAGS stays.
#
# Seen: no file -> -DOWN, c_args = [] -> nothing, c = ['cc', '-DADDED'] -> -DADDED and -DOWN.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check meson==1.12.1 ninja==1.13.0
PATH=$folder/tools/bin:$PATH
echo "project('x', 'c')
library('x', 'x.c')" > meson.build
echo 'int x;' > x.c
: > none.ini
printf "[built-in options]\nc_args = []\n" > empty.ini
printf "[binaries]\nc = ['cc', '-DADDED']\n" > binaries.ini
for file in none empty binaries; do
    CFLAGS=-DOWN meson setup --native-file "$file.ini" "$file" > /dev/null
    echo "$file: $(grep -o -e '-DOWN' -e '-DADDED' "$file/compile_commands.json" | tr '\n' ' ')"
done > seen
cat seen
printf 'none: -DOWN \nempty: \nbinaries: -DADDED -DOWN \n' | cmp - seen
