#include "needy.h"
