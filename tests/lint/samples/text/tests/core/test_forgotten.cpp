class TestForgotten; // EXPECT
QTEST_GUILESS_MAIN(TestForgotten)
