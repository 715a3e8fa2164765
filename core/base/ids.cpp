#include "core/base/ids.h"
