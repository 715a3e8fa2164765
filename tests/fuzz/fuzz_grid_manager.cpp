// fuzz_grid_manager: any text is refused or read as a certificate, its content, a configuration or
// a time, and what is read is written and read again as the same.
#include "core/grid_manager/configuration.h"
#include "core/grid_manager/iso_time.h"
#include "core/grid_manager/upload_permit.h"

#include <cstdint>

using namespace tarn;
using namespace tarn::grid_manager;

namespace {

void certificates(std::string_view text)
{
    const Result<SignedCertificate> one = parseCertificate(text);
    if (!one) return;
    const Result<SignedCertificate> again = parseCertificate(certificateJson(*one));
    // Escapes may make it longer than what is read.
    TARN_ASSERT(!again || *again == *one);
    const crypto::Ed25519PublicKey key;
    const UploadPermit permit = UploadPermit::judge(std::span(&key, 1), std::span(&*one, 1), "v0-");
    TARN_ASSERT(permit.holds(WallTime()) == permit.refusal(WallTime()).empty());
}

void contents(std::string_view text)
{
    const Result<CertificateContent> content = readContent(text);
    if (!content) return;
    const Result<WallTime> again = parseIsoTime(isoTime(content->expires));
    TARN_ASSERT(again && *again == content->expires);
}

void configurations(std::string_view text)
{
    const Result<Configuration> one = parseConfiguration(text);
    if (!one) return;
    const Secret json = configurationJson(*one);
    const Result<Configuration> again = parseConfiguration(asText(json.view()));
    TARN_ASSERT(!again || (again->privateKey == one->privateKey && again->servers == one->servers));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    certificates(text);
    contents(text);
    configurations(text);
    const Result<WallTime> time = parseIsoTime(text);
    if (time) TARN_ASSERT(*parseIsoTime(isoTime(*time)) == *time);
    return 0;
}
