#include "client-gateway/cli/setup/node_settings.h"

#include "client-gateway/cli/local_files.h"
#include "core/base/config_writer.h"

namespace tarn::gateway::cli {

namespace {

constexpr std::uint32_t kMaxShares = 256;

/// key = "value" as TOML has it.
std::string line(std::string_view key, std::string_view value)
{
    ConfigWriter out;
    out.string(key, value);
    return out.text();
}

std::string line(std::string_view key, std::uint32_t value)
{
    return std::string(key) + " = " + std::to_string(value) + "\n";
}

std::string announceText(const std::vector<std::string>& locations, std::string_view example)
{
    const std::string head = "\n[announce]\n"
                             "# Where clients reach it: tcp:HOST:PORT. Without it, the address "
                             "above.\n";
    if (locations.empty()) return head + "# locations = [\"" + std::string(example) + "\"]\n";
    ConfigWriter out;
    out.strings("locations", locations);
    return head + out.text();
}

} // namespace

Result<std::string> gatewayConfigText(const GatewaySettings& settings)
{
    if (settings.needed < 1 || settings.needed > settings.total || settings.total > kMaxShares ||
        settings.happy < 1 || settings.happy > settings.total) {
        return Error(ErrorCode::InvalidInput,
                     "shares: 1 <= needed <= total <= 256 and 1 <= happy <= total");
    }
    return "# The settings of a gateway. tarn-gateway --config FILE --state DIR --check-config\n"
           "# shows all there are with their values.\n\n"
           "[node]\n"
           "# Shown to people.\n" +
           line("nickname", settings.nickname) +
           "\n[web]\n"
           "# Numeric. There is no password, so keep it on loopback.\n" +
           line("listen", textOf(settings.web)) +
           "\n[encoding]\n"
           "# Any so many shares give a file back.\n" +
           line("needed", settings.needed) +
           "# An upload fails when fewer servers would hold its shares.\n" +
           line("happy", settings.happy) + "# Shares made.\n" + line("total", settings.total) +
           "\n[servers]\n"
           "# The storage servers, in Tahoe-LAFS's format; below the state directory.\n" +
           line("file", "servers.yaml") +
           "\n[connections]\n"
           "# direct, socks5://127.0.0.1:9050, http://127.0.0.1:3128 or off.\n" +
           line("tcp", settings.tcp);
}

Result<std::string> storageConfigText(const StorageSettings& settings)
{
    TARN_TRY(const std::uint64_t reserved, parseByteSize(settings.reservedSpace));
    return "# The settings of a storage server. tarn-storage --config FILE --state DIR\n"
           "# --check-config shows all there are with their values.\n\n"
           "[node]\n"
           "# Shown to people.\n" +
           line("nickname", settings.nickname) +
           "\n[listen]\n"
           "# Numeric address and port; port 0 picks a free one.\n" +
           line("storage", textOf(settings.listen)) +
           announceText(settings.locations, "tcp:storage.example.org:41001") +
           "\n[storage]\n"
           "# Below the state directory, or an absolute path.\n" +
           line("directory", settings.directory) + "# Kept free on the disk.\n" +
           line("reserved_space", byteSizeText(reserved));
}

std::string introducerConfigText(const IntroducerSettings& settings)
{
    ConfigWriter peers;
    peers.strings("peers", settings.peers);
    return "# The settings of an introducer. tarn-introducer --config FILE --state DIR\n"
           "# --check-config shows all there are with their values.\n\n"
           "[node]\n"
           "# Shown to people.\n" +
           line("nickname", settings.nickname) +
           "\n[listen]\n"
           "# Numeric address and port; port 0 picks a free one.\n" +
           line("introducer", textOf(settings.listen)) +
           announceText(settings.locations, "tcp:intro.example.org:41200") +
           "\n[gossip]\n"
           "# URLs of other introducers, which must name this one, too.\n" +
           peers.text();
}

Result<HostPort> webAddressOf(std::string_view endpoint)
{
    constexpr std::string_view kTcp = "tcp:";
    constexpr std::string_view kInterface = ":interface=";
    if (Result<HostPort> plain = parseHostPort(endpoint)) return plain;
    std::string_view rest = endpoint;
    if (rest.starts_with(kTcp)) rest.remove_prefix(kTcp.size());
    const std::size_t at = rest.find(kInterface);
    std::string host = "127.0.0.1";
    if (at != std::string_view::npos) {
        host = rest.substr(at + kInterface.size());
        if (host.find(':') != std::string::npos && !host.starts_with('[')) host = "[" + host + "]";
        if (host == "localhost") host = "127.0.0.1";
    }
    Result<HostPort> address = parseHostPort(host + ":" + std::string(rest.substr(0, at)));
    if (address) return address;
    return Error(ErrorCode::InvalidInput, "expected a port, ADDRESS:PORT or "
                                          "tcp:PORT:interface=ADDRESS, got '" +
                                              std::string(endpoint) + "'");
}

Result<void> requireNewDirectory(const std::string& path)
{
    const Result<std::vector<std::string>> names = namesInBlocking(path);
    if (!names && names.error().code() == ErrorCode::NotFound) return ok();
    if (!names) return names.error().within(path);
    if (names->empty()) return ok();
    return Error(ErrorCode::Exists, "The directory " + path +
                                        " is not empty; use a different one, or empty this one.");
}

} // namespace tarn::gateway::cli
