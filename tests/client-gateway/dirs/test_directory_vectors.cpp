// What the reference makes of directories, byte for byte.
#include "client-gateway/dirs/directory_edit.h"
#include "client-gateway/dirs/link_metadata.h"
#include "tests/support/vector_file.h"

#include <QtCore/QFile>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway;

namespace {

QJsonObject vectorsFile()
{
    QFile file(QStringLiteral(TARN_SOURCE_DIR "/tests/vectors/directories.json"));
    if (!file.open(QIODevice::ReadOnly)) return {};
    return QJsonDocument::fromJson(file.readAll()).object();
}

DirectoryAccess accessOf(const std::string& kind, const QJsonObject& file)
{
    DirectoryAccess access;
    access.isMutable = kind != "immutable";
    if (kind == "write")
        access.writeKey = *crypto::WriteKey::from(test::bytesIn(file, "write_key"));
    return access;
}

std::optional<std::string> given(const QJsonObject& step, const char* key)
{
    const std::string text = test::textIn(step, key);
    if (text.empty()) return std::nullopt;
    return text;
}

EditedContents applied(const QJsonObject& step, const DirectoryAccess& access, ByteView old)
{
    const std::string name = test::textIn(step, "name");
    std::vector<NewChild> children;
    children.push_back(
        NewChild{name, given(step, "write"), given(step, "read"), given(step, "metadata")});
    if (test::textIn(step, "do") == "unlink") {
        const std::string normal =
            QString::fromStdString(name).normalized(QString::NormalizationForm_C).toStdString();
        return UnlinkEdit(access, normal, ChildKind::Any, std::nullopt).apply(old, false);
    }
    TARN_TRY(std::vector<PreparedChild> prepared, prepareChildren(children, access));
    LinkEdit edit(access, std::move(prepared), Replace::Yes, step.value("now").toDouble());
    return edit.apply(old, false);
}

std::string writeText(const cap::Node& node)
{
    if (const auto* unknown = std::get_if<cap::UnknownNode>(&node)) return unknown->rw.value_or("");
    const auto& known = std::get<cap::Cap>(node);
    return cap::isReadOnly(known) ? "" : cap::printCap(known);
}

std::string readText(const cap::Node& node)
{
    if (const auto* unknown = std::get_if<cap::UnknownNode>(&node)) return unknown->ro.value_or("");
    return cap::printCap(cap::readOnlyOf(std::get<cap::Cap>(node)));
}

} // namespace

class TestDirectoryVectors : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void editsMakeTheSameBytes()
    {
        const QJsonObject file = vectorsFile();
        const QJsonArray steps = file.value("vectors").toArray();
        QVERIFY(steps.size() > 20);
        const DirectoryAccess access = accessOf("write", file);
        Bytes contents;
        for (const auto& value : steps) {
            const QJsonObject step = value.toObject();
            const EditedContents edited = applied(step, access, contents);
            QVERIFY2(edited, test::textIn(step, "name").c_str());
            contents = **edited;
            QCOMPARE(toHex(contents), test::textIn(step, "contents"));
        }
    }

    void readingsShowTheSameChildren()
    {
        const QJsonObject file = vectorsFile();
        const QJsonArray readings = file.value("readings").toArray();
        QCOMPARE(readings.size(), 5);
        for (const auto& value : readings) {
            const QJsonObject reading = value.toObject();
            const Result<DirectoryChildren> children =
                parseDirectory(test::bytesIn(reading, "contents"),
                               accessOf(test::textIn(reading, "access"), file));
            QVERIFY(children);
            const QJsonArray expected = reading.value("children").toArray();
            QCOMPARE(children->size(), static_cast<std::size_t>(expected.size()));
            for (const auto& one : expected) {
                const QJsonObject child = one.toObject();
                const auto found = children->find(test::textIn(child, "name"));
                QVERIFY2(found != children->end(), test::textIn(child, "name").c_str());
                QCOMPARE(writeText(found->second.node), test::textIn(child, "write"));
                QCOMPARE(readText(found->second.node), test::textIn(child, "read"));
                QCOMPARE(*spelledMetadata(found->second.metadata), test::textIn(child, "metadata"));
            }
        }
    }

    void immutableDirectoriesHaveTheSameBytes()
    {
        const QJsonArray made = vectorsFile().value("immutable").toArray();
        QCOMPARE(made.size(), 1);
        const QJsonObject vector = made.first().toObject();
        const DirectoryAccess access{false, std::nullopt};
        std::vector<NewChild> children;
        for (const auto& value : vector.value("children").toArray()) {
            const QJsonObject child = value.toObject();
            children.push_back(NewChild{test::textIn(child, "name"), std::nullopt,
                                        test::textIn(child, "cap"),
                                        test::textIn(vector, "metadata")});
        }
        const auto prepared = prepareChildren(children, access);
        QVERIFY(prepared);
        const Result<Bytes> contents = serializeNew(*prepared, access);
        QVERIFY(contents);
        QCOMPARE(toHex(*contents), test::textIn(vector, "contents"));
    }
};

QTEST_GUILESS_MAIN(TestDirectoryVectors)
#include "test_directory_vectors.moc"
