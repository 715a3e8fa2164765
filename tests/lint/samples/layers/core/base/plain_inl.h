#include "core/base/plain.h"
