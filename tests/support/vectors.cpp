#include "tests/support/vectors.h"

#include "tests/support/to_qt.h"

#include <QtCore/QByteArray>
#include <QtCore/QFile>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtCore/QStringList>

namespace tarn::test {

namespace {
const QString kOwn = QStringLiteral(TARN_SOURCE_DIR "/tests/vectors/");
const QString kShared = QStringLiteral(TARN_SOURCE_DIR "/../shared/vectors/");

QByteArray contentsOf(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}
} // namespace

QJsonObject ownVectors(const QString& name)
{
    return QJsonDocument::fromJson(contentsOf(kOwn + name)).object();
}

Bytes ownVectorFile(const QString& name)
{
    return fromQt(contentsOf(kOwn + name));
}

std::optional<QJsonObject> sharedVectors(const QString& name)
{
    if (!QFile::exists(kShared + name)) return std::nullopt;
    return QJsonDocument::fromJson(contentsOf(kShared + name)).object();
}

bool isRequired(const QString& what)
{
    return qEnvironmentVariable("TARN_REQUIRE").split(',').contains(what);
}

Bytes base64Of(const QJsonValue& value)
{
    return fromQt(QByteArray::fromBase64(value.toString().toLatin1()));
}

Bytes expandSample(ByteView seed, std::size_t length)
{
    Bytes out(length);
    for (std::size_t i = 0; i < length; ++i)
        out[i] = seed[i % seed.size()];
    return out;
}

} // namespace tarn::test
