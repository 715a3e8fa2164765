// vectors: test vectors made by the real Tahoe-LAFS, read from JSON.
// tests/vectors is always there. Tahoe-LAFS's published ones are read from the folder
// shared/vectors beside the source tree, where there is one; where TARN_REQUIRE names "shared",
// they must be there.
#pragma once

#include "core/base/bytes.h"

#include <QtCore/QJsonObject>
#include <QtCore/QString>

#include <optional>

namespace tarn::test {

/// tests/vectors/NAME. An empty object if there is no such file.
QJsonObject ownVectors(const QString& name);
/// Bytes of tests/vectors/NAME.
Bytes ownVectorFile(const QString& name);

std::optional<QJsonObject> sharedVectors(const QString& name);
/// Whether TARN_REQUIRE names `what`.
bool isRequired(const QString& what);

Bytes base64Of(const QJsonValue& value);
/// Seed bytes repeated end to end and cut to `length`.
Bytes expandSample(ByteView seed, std::size_t length);

} // namespace tarn::test
