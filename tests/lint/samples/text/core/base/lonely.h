// EXPECT: no pragma and no .cpp beside it
