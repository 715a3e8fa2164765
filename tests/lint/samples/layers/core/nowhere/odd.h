#include "core/base/plain.h" // EXPECT
