#include "client-gateway/cli/setup/tahoe_node.h"

#include "client-gateway/servers_file.h"
#include "core/codec/base32.h"
#include "core/node/files.h"
#include "core/node/ini.h"

#include <charconv>

namespace tarn::gateway::cli {

namespace {

constexpr std::size_t kTextLimit = 16U << 20U;
constexpr std::size_t kDatabaseLimit = 1U << 30U;
constexpr std::size_t kLeaseSecretBytes = 32;

class Reader
{
public:
    explicit Reader(const std::string& directory) : m_directory(directory) {}

    Result<TahoeNodeContents> read()
    {
        TARN_TRY_VOID(readSettings());
        TARN_TRY(m_node.leaseSecret, secret("secret", kLeaseSecretBytes));
        TARN_TRY(m_node.convergence, secret("convergence", 0));
        TARN_TRY_VOID(readAliases());
        TARN_TRY_VOID(readServers());
        for (const char* name : {"aliases", "root_dir.cap", "node.privkey"})
            TARN_TRY_VOID(keep(name, kTextLimit));
        if (node::existsBlocking(privatePath("backupdb.sqlite-journal")))
            note("a backup seems to be running: the database of backups was not taken over");
        else
            TARN_TRY_VOID(keep("backupdb.sqlite", kDatabaseLimit));
        TARN_TRY(m_node.blacklist, optionalFile(m_directory + "/access.blacklist", kTextLimit));
        return std::move(m_node);
    }

private:
    std::string privatePath(const std::string& name) const
    {
        return m_directory + "/private/" + name;
    }

    void note(std::string text) { m_node.notes.push_back(std::move(text)); }

    static Result<std::optional<Bytes>> optionalFile(const std::string& path, std::size_t limit)
    {
        Result<Bytes> content = node::readFileBlocking(path, limit);
        if (content) return std::optional<Bytes>(*std::move(content));
        if (content.error().code() == ErrorCode::NotFound) return std::optional<Bytes>();
        return content.error();
    }

    Result<void> keep(const std::string& name, std::size_t limit)
    {
        TARN_TRY(std::optional<Bytes> content, optionalFile(privatePath(name), limit));
        if (content) m_node.privateFiles.emplace(name, *std::move(content));
        return ok();
    }

    /// \param size  bytes; 0: any.
    Result<Secret> secret(const std::string& name, std::size_t size)
    {
        const std::string path = privatePath(name);
        TARN_TRY(std::optional<Bytes> content, optionalFile(path, kTextLimit));
        if (!content) {
            return Error(ErrorCode::InvalidInput,
                         path + " is missing: the node has never been started");
        }
        constexpr std::string_view kSpace = " \t\r\n";
        std::string_view text = asText(*content);
        text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
        text = text.substr(0, text.find_last_not_of(kSpace) + 1);
        Secret kept(text);
        Result<Bytes> bytes = codec::decodeBase32Lax(text);
        const bool good = bytes && !bytes->empty() && (size == 0 || bytes->size() == size);
        if (bytes) wipe(*bytes);
        wipe(*content);
        if (!good) return Error(ErrorCode::InvalidInput, path + " is damaged: no base32");
        return kept;
    }

    Result<void> readAliases()
    {
        Result<Aliases> aliases = loadAliases(m_directory);
        if (!aliases) return std::move(aliases).error().within(m_directory);
        m_node.aliasCount = aliases->size();
        return ok();
    }

    Result<void> readServers()
    {
        const std::string path = privatePath("servers.yaml");
        TARN_TRY(const std::optional<Bytes> content, optionalFile(path, kTextLimit));
        if (content) {
            Result<ServersFile> servers = parseServersFile(asText(*content));
            if (!servers) return std::move(servers).error().within(path);
            m_node.servers = asText(*content);
            m_node.serverCount = servers->servers.size();
            for (const EntryProblem& problem : servers->problems) {
                note("servers.yaml, line " + std::to_string(problem.line) + ": " + problem.reason);
            }
        }
        const bool introduced = node::existsBlocking(privatePath("introducers.yaml")) ||
                                m_values.contains("client.introducer.furl");
        if (introduced)
            note("the node learns servers from introducers of Tahoe-LAFS, whose protocol a gateway "
                 "does not speak: put the servers' announcements into servers.yaml, or a "
                 "tarn-introducer into [introducers]");
        else if (m_node.serverCount == 0)
            note("no servers are known: put their announcements into servers.yaml");
        return ok();
    }

    std::string value(const std::string& key) const
    {
        const auto found = m_values.find(key);
        return found == m_values.end() ? "" : found->second;
    }

    Result<std::uint32_t> shares(const std::string& key, std::uint32_t otherwise) const
    {
        const std::string text = value("client.shares." + key);
        if (text.empty()) return otherwise;
        std::uint32_t number = 0;
        const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (failed != std::errc() || end != text.data() + text.size())
            return Error(ErrorCode::InvalidInput, "tahoe.cfg: shares." + key + " is no number");
        return number;
    }

    Result<void> readSettings()
    {
        const std::string path = m_directory + "/tahoe.cfg";
        const Result<Bytes> content = node::readFileBlocking(path, kTextLimit);
        if (!content) {
            return Error(ErrorCode::InvalidInput,
                         m_directory + " is not the directory of a Tahoe-LAFS node (" +
                             content.error().message() + ")");
        }
        m_values = node::parseIni(asText(*content));
        GatewaySettings& settings = m_node.settings;
        settings.nickname = value("node.nickname");
        TARN_TRY(settings.needed, shares("needed", settings.needed));
        TARN_TRY(settings.happy, shares("happy", settings.happy));
        TARN_TRY(settings.total, shares("total", settings.total));
        const std::string port = value("node.web.port");
        if (port.empty() || port == "none") {
            note("the node has no web API; this one listens at " + textOf(settings.web));
        } else if (const Result<HostPort> address = webAddressOf(port)) {
            settings.web = *address;
        } else {
            note("web.port = " + port + " is not taken over; this one listens at " +
                 textOf(settings.web));
        }
        noteDifferences();
        return ok();
    }

    void noteDifferences()
    {
        const std::string tcp = value("connections.tcp");
        if (tcp == "tor") m_node.settings.tcp = "socks5://127.0.0.1:9050";
        if (tcp == "disabled") m_node.settings.tcp = "off";
        if (!value("client.helper.furl").empty())
            note("helper.furl is not used: a gateway sends its shares itself");
        const std::string storage = value("storage.enabled");
        if (storage.empty() || storage == "true" || storage == "True" || storage == "yes")
            note("the node's storage is not taken over; see tarn-storage --adopt-tahoe");
        if (!value("sftpd.enabled").empty() && value("sftpd.enabled") != "false")
            note("a gateway has no SFTP");
        if (value("client.mutable.format") == "MDMF" || value("client.mutable.format") == "mdmf")
            note("new mutable files are SDMF unless --format says otherwise");
    }

    std::string m_directory;
    node::IniValues m_values;
    TahoeNodeContents m_node;
};

} // namespace

Result<TahoeNodeContents> readTahoeNodeBlocking(const std::string& nodeDirectory)
{
    return Reader(nodeDirectory).read();
}

} // namespace tarn::gateway::cli
