#include "client-gateway/cli/spooled_input.h"
#include "tests/support/property.h"

#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway::cli;

namespace {

Bytes readAll(SpooledInput& input, std::size_t step)
{
    Bytes out;
    Bytes buffer(step);
    for (;;) {
        const Result<std::size_t> count = input.readBlocking(buffer);
        if (!count || *count == 0) return out;
        append(out, ByteView(buffer).first(*count));
    }
}

} // namespace

class TestSpooledInput final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void comesBackTwice()
    {
        const QTemporaryDir dir;
        const QString path = dir.filePath("in");
        QVERIFY(test::forAll(20, [&](test::SeededRandom& random) {
            const Bytes content = random.bytesBetween(0, 600'000);
            QFile file(path);
            if (!file.open(QIODevice::WriteOnly)) return false;
            file.write(reinterpret_cast<const char*>(content.data()), qint64(content.size()));
            file.close();
            Result<InputFile> input = InputFile::open(path.toStdString());
            if (!input) return false;
            const std::size_t memory = random.between(0, 700'000);
            Result<SpooledInput> spooled = SpooledInput::readBlocking(*input, random, memory);
            if (!spooled) return false;
            for (int round = 0; round < 2; ++round) {
                if (!spooled->rewind()) return false;
                if (readAll(*spooled, random.between(1, 100'000)) != content) return false;
            }
            return true;
        }));
    }
    void aMissingTemporaryFolderIsAnError()
    {
        const QByteArray before = qgetenv("TMPDIR");
        qputenv("TMPDIR", "/nonexistent/folder");
        test::SeededRandom random(1);
        Result<InputFile> input = InputFile::open("/proc/self/status");
        QVERIFY(input);
        const Result<SpooledInput> spooled = SpooledInput::readBlocking(*input, random, 0);
        QVERIFY(!spooled);
        qputenv("TMPDIR", before);
    }
};

QTEST_GUILESS_MAIN(TestSpooledInput)
#include "test_spooled_input.moc"
