#include "client-gateway/dirs/child_name.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway;

class TestChildName : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void normalNamesStay()
    {
        for (const char* name : {"", "a", "a/b c", "gr\xc3\xbc\xc3\x9f", "\xe6\x97\xa5\xe6\x9c\xac",
                                 "\xf0\x9f\x98\x80"}) {
            const Result<std::string> normal = normalizedName(name);
            QVERIFY(normal);
            QCOMPARE(*normal, std::string(name));
        }
        const std::string withNul("a\0b", 3);
        QCOMPARE(*normalizedName(withNul), withNul);
    }

    void combiningCharactersAreComposed()
    {
        // e + acute; Angstrom sign; Hangul jamo; two marks in the wrong order.
        QCOMPARE(*normalizedName("e\xcc\x81"), std::string("\xc3\xa9"));
        QCOMPARE(*normalizedName("\xe2\x84\xab"), std::string("\xc3\x85"));
        QCOMPARE(*normalizedName("\xe1\x84\x80\xe1\x85\xa1"), std::string("\xea\xb0\x80"));
        QCOMPARE(*normalizedName("q\xcc\x87\xcc\xa3"), std::string("q\xcc\xa3\xcc\x87"));
        QCOMPARE(*normalizedName("\xef\xac\x81"), std::string("\xef\xac\x81")); // no NFKC
    }

    void otherBytesAreRefused()
    {
        for (const char* name : {"\xff", "\xc3", "\xed\xa0\x80", "\xc0\x80", "a\xf4\x90\x80\x80"}) {
            const Result<std::string> normal = normalizedName(name);
            QVERIFY(!normal);
            QCOMPARE(normal.error().code(), ErrorCode::InvalidInput);
        }
    }
};

QTEST_GUILESS_MAIN(TestChildName)
#include "test_child_name.moc"
