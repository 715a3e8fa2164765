#include "core/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace tarn::detail {

namespace {
void report(const char* kind, const char* expression, const char* file, int line)
{
    std::fprintf(stderr, "%s:%d: %s failed: %s\n", file, line, kind, expression);
}
} // namespace

void assertionFailed(const char* expression, const char* file, int line)
{
    report("assertion", expression, file, line);
    std::abort();
}

void assumptionFailed(const char* expression, const char* file, int line)
{
    report("assumption", expression, file, line);
#ifndef NDEBUG
    std::abort();
#endif
}

} // namespace tarn::detail
