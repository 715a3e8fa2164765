#include "core/codec/utf8.h"
#include "tests/support/to_qt.h"

#include <QtTest/QTest>

using namespace tarn;

class TestUtf8 final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void borders_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<bool>("good");
        const auto row = [](const char* name, const char* hex, bool good) {
            QTest::newRow(name) << QByteArray::fromHex(hex) << good;
        };
        row("empty", "", true);
        row("ASCII with NUL", "00617f", true);
        row("first of 2 bytes", "c280", true);
        row("last of 2 bytes", "dfbf", true);
        row("first of 3 bytes", "e0a080", true);
        row("before surrogates", "ed9fbf", true);
        row("after surrogates", "ee8080", true);
        row("last of 3 bytes", "efbfbf", true);
        row("first of 4 bytes", "f0908080", true);
        row("U+10FFFF", "f48fbfbf", true);
        row("mixed", "61c3a462e282ac63f09f988064", true);
        row("lone continuation", "80", false);
        row("cut 2", "c3", false);
        row("cut 3", "e282", false);
        row("cut 4", "f09f98", false);
        row("no continuation", "c361", false);
        row("second continuation missing", "e28261", false);
        row("overlong 2", "c0af", false);
        row("overlong 2, c1", "c1bf", false);
        row("overlong 3", "e09fbf", false);
        row("overlong 4", "f08fbfbf", false);
        row("surrogate", "eda080", false);
        row("above U+10FFFF", "f4908080", false);
        row("lead f5", "f5808080", false);
        row("byte ff", "ff", false);
    }
    void borders()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(bool, good);
        QCOMPARE(codec::isUtf8(test::fromQt(bytes)), good);
    }
    void agreesWithQtOnAllShortSequences()
    {
        // Every two bytes, and every third behind the leads where the second one matters.
        for (unsigned first = 0; first < 256; ++first) {
            for (unsigned second = 0; second < 256; ++second) {
                const QByteArray two{QByteArray(1, static_cast<char>(first)) +
                                     static_cast<char>(second)};
                QCOMPARE(codec::isUtf8(test::fromQt(two)), two.isValidUtf8());
                const QByteArray three = two + '\xa0';
                QCOMPARE(codec::isUtf8(test::fromQt(three)), three.isValidUtf8());
                const QByteArray four = three + '\x80';
                QCOMPARE(codec::isUtf8(test::fromQt(four)), four.isValidUtf8());
            }
        }
    }
};

QTEST_GUILESS_MAIN(TestUtf8)
#include "test_utf8.moc"
