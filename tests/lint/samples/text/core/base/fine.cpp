#include "core/base/fine.h"
int a = 1; // EXPECT 
int b;	// EXPECT
// ä EXPECT
// see /home/somebody/x EXPECT
// TODO: EXPECT
// xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx EXPECT
