class TestKnown;
QTEST_GUILESS_MAIN(TestKnown)
