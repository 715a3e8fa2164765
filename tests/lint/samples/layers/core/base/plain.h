#include "core/base/plain_inl.h"
