#include "storage-server/announced_certificates.h"

#include "core/node/files.h"

namespace tarn::storage {

Result<Certificates> readCertificatesBlocking(const std::vector<std::string>& files,
                                              const std::string& stateFolder)
{
    constexpr std::string_view kSetting = "[grid_management] certificates";
    Certificates out;
    for (const std::string& file : files) {
        const std::string path = file.starts_with('/') ? file : stateFolder + "/" + file;
        const Result<Bytes> text = node::readFileBlocking(path, grid_manager::kMaxCertificateBytes);
        if (!text) return Error(ErrorCode::InvalidInput, text.error().message()).within(kSetting);
        Result<grid_manager::SignedCertificate> one = grid_manager::parseCertificate(asText(*text));
        if (!one) return std::move(one).error().within(path).within(kSetting);
        out.push_back(*std::move(one));
    }
    return out;
}

} // namespace tarn::storage
