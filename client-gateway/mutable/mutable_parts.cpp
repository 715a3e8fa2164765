#include "client-gateway/mutable/mutable_parts.h"

namespace tarn::gateway {

namespace {

MutableFile fileOf(const cap::MutableVerifyCap& cap)
{
    MutableFile file;
    file.format = cap.format;
    file.index = cap.index;
    file.fingerprint = cap.fingerprint;
    return file;
}

MutableFile fileOf(const cap::MutableReadCap& cap)
{
    MutableFile file = fileOf(cap::verifyCapOf(cap));
    file.readKey = cap.readKey;
    return file;
}

MutableFile fileOf(const cap::MutableWriteCap& cap)
{
    MutableFile file = fileOf(cap::readCapOf(cap));
    file.writeKey = cap.writeKey;
    return file;
}

} // namespace

MutableFile MutableFile::of(const MutableCap& cap)
{
    return std::visit([](const auto& one) { return fileOf(one); }, cap);
}

MutableFile MutableFile::of(const MutableReadable& cap)
{
    return std::visit([](const auto& one) { return fileOf(one); }, cap);
}

storage_api::LeaseSecrets mutableLeases(const MutableParts& parts, const MutableFile& file,
                                        const Server& server)
{
    const crypto::LeaseSecrets ofFile = crypto::fileLeaseSecrets(parts.clientLeases, file.index);
    const crypto::LeaseSecrets bucket = crypto::bucketLeaseSecrets(ofFile, server.tubId);
    return storage_api::LeaseSecrets{bucket.renewal, bucket.cancel};
}

} // namespace tarn::gateway
