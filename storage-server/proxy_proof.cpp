#include "storage-server/proxy_proof.h"

#include "core/codec/base64.h"
#include "core/gossip/server_announcement.h"
#include "core/node/files.h"

namespace tarn::storage {

namespace {

constexpr std::size_t kMostKeyFile = 64 * 1024;
constexpr std::size_t kMostProof = 4096;
constexpr std::string_view kSetting = "[listen] proxy_proof";

std::optional<crypto::KeyProof> parseProof(std::string_view text)
{
    if (text.ends_with('\n')) text.remove_suffix(1);
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    Result<Bytes> key = codec::decodeBase64Url(text.substr(0, space));
    Result<Bytes> signature = codec::decodeBase64Url(text.substr(space + 1));
    if (!key || !signature) return std::nullopt;
    return crypto::KeyProof{*std::move(key), *std::move(signature)};
}

} // namespace

Result<std::string> makeProxyProofBlocking(const std::string& keyFile,
                                           const crypto::Ed25519PublicKey& node)
{
    TARN_TRY(Bytes pem, node::readFileBlocking(keyFile, kMostKeyFile));
    const Result<crypto::KeyProof> proof = gossip::proveTlsKey(pem, node);
    wipe(pem);
    if (!proof) return Error(proof.error()).within(keyFile);
    return codec::encodeBase64Url(proof->key) + " " + codec::encodeBase64Url(proof->signature) +
           "\n";
}

Result<std::optional<crypto::KeyProof>> readProxyProofBlocking(const ServiceConfig& config,
                                                               const std::string& stateFolder,
                                                               const crypto::Ed25519PublicKey& node)
{
    if (!config.proxyKey || config.proxyProof.empty()) return std::optional<crypto::KeyProof>();
    const std::string& file = config.proxyProof;
    const std::string path = file.starts_with('/') ? file : stateFolder + "/" + file;
    const Result<Bytes> text = node::readFileBlocking(path, kMostProof);
    if (!text) return Error(ErrorCode::InvalidInput, text.error().message()).within(kSetting);
    gossip::ServerAnnouncement said;
    said.spkiHash = *config.proxyKey;
    said.tlsProof = parseProof(asText(*text));
    if (said.tlsProof && gossip::provesTlsKey(node, said)) return std::move(said.tlsProof);
    return Error(ErrorCode::InvalidInput,
                 path + " does not prove proxy_key for this server: make it with tarn-storage "
                        "--prove-proxy-key KEY.pem")
        .within(kSetting);
}

} // namespace tarn::storage
