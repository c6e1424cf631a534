// PCRE2 for subjects in UTF-8: the width must be chosen before the header is read.
#ifndef SKEIN_CPCRE2_SHIM_H
#define SKEIN_CPCRE2_SHIM_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#endif
