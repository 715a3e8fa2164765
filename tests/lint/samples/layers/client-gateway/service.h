#include "profiles/sysadmin/other.h" // EXPECT
