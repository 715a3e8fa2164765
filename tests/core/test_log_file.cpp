// A daemon's own log file stays small.
#include "core/base/file_descriptor.h"
#include "core/node/log_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <QtCore/QFile>
#include <QtCore/QFileInfo>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::node;

namespace {

/// Standard output and error go to a file while this lives.
class Outputs
{
public:
    explicit Outputs(const std::string& path) : m_error(::dup(2)), m_output(::dup(1))
    {
        const FileDescriptor file(
            ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
        ::dup2(file.get(), 2);
        ::dup2(file.get(), 1);
    }
    ~Outputs()
    {
        ::dup2(m_error.get(), 2);
        ::dup2(m_output.get(), 1);
    }
    Outputs(const Outputs&) = delete;
    Outputs& operator=(const Outputs&) = delete;

private:
    FileDescriptor m_error;
    FileDescriptor m_output;
};

bool say(int output, std::size_t bytes)
{
    const std::string text(bytes, 'x');
    return ::write(output, text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

} // namespace

class TestLogFile final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aLargeOneMakesRoom()
    {
        const QTemporaryDir folder;
        const QString path = folder.filePath("node.log");
        const std::string name = path.toStdString();
        bool ok = true;
        {
            const Outputs outputs(name);
            ok = say(2, 100) && ok;
            const Result<bool> small = boundLogBlocking(name, 100);
            ok = small && !*small && ok;
            ok = say(1, 1) && ok;
            const Result<bool> large = boundLogBlocking(name, 100);
            ok = large && *large && ok;
            ok = say(2, 7) && say(1, 5) && ok;
            const Result<bool> again = boundLogBlocking(name, 100);
            ok = again && !*again && ok;
        }
        QVERIFY(ok);
        QCOMPARE(QFileInfo(path).size(), 12);
        QCOMPARE(QFileInfo(path + ".1").size(), 101);
        QCOMPARE(QFileInfo(path).permissions() & (QFile::ReadGroup | QFile::ReadOther),
                 QFile::Permissions());
        {
            const Outputs outputs(name);
            ok = say(2, 200) && boundLogBlocking(name, 100) && ok;
        }
        QVERIFY(ok);
        QCOMPARE(QFileInfo(path + ".1").size(), 212);
    }
    void anothersFileIsLeftAlone()
    {
        const QTemporaryDir folder;
        const QString path = folder.filePath("node.log");
        const Result<bool> missing = boundLogBlocking(path.toStdString(), 10);
        QVERIFY(missing && !*missing);
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(QByteArray(100, 'x')) == 100);
        file.close();
        const Result<bool> other = boundLogBlocking(path.toStdString(), 10);
        QVERIFY(other && !*other);
        QCOMPARE(QFileInfo(path).size(), 100);
    }
};

QTEST_GUILESS_MAIN(TestLogFile)
#include "test_log_file.moc"
