#include "client-gateway/cli/backup/backup_run.h"

#include "client-gateway/cli/copy/copy_streams.h"
#include "client-gateway/cli/printable.h"

#include <nlohmann/json.hpp>
#include <unistd.h>

#include <cerrno>
#include <set>

namespace tarn::gateway::cli {

namespace {

using json = nlohmann::ordered_json;

/// In the reference's order, so that both make the same directory of the same files.
json metadataOf(const LocalInfo& info)
{
    return {{"ctime", info.changed}, {"mtime", info.modified}, {"st_mode", info.mode},
            {"st_ino", info.inode},  {"st_dev", info.device},  {"st_uid", info.user},
            {"st_gid", info.group}};
}

} // namespace

void BackupRun::skip(const BackupSkip& skipped)
{
    ++(skipped.isDirectory ? m_counts.directoriesSkipped : m_counts.filesSkipped);
    m_needs.warn(skipped);
}

void BackupRun::fail(const std::string& path, Error error)
{
    if (!m_failure) m_failure = std::move(error).within(printable(path));
}

asio::awaitable<Result<bool>> BackupRun::isUsable(const BackupDatabase::Known& known,
                                                  std::uint64_t& checked)
{
    if (!known.mustCheck) co_return true;
    ++checked;
    m_needs.tell("checking " + known.cap.substr(0, 16) + "...");
    const std::unique_ptr<GatewayClient> client = m_needs.web.newClient();
    co_return co_await isHealthy(*client, known.cap);
}

asio::awaitable<Result<std::string>> BackupRun::uploadFile(const BackupEntry& file)
{
    m_needs.tell("uploading " + file.path + "..");
    CopySource source;
    source.label = file.path;
    source.path = file.path;
    const std::unique_ptr<GatewayClient> client = m_needs.web.newClient();
    TARN_CO_TRY(std::string cap, co_await uploadTo(*client, source, "/uri", m_needs.progress));
    TARN_CO_TRY_VOID(m_needs.database.fileUploaded(file.path, file.info.stamp, cap));
    ++m_counts.filesCreated;
    co_return cap;
}

asio::awaitable<Result<std::string>> BackupRun::capOfFile(const BackupEntry& file)
{
    if (!m_needs.ignoreTimestamps) {
        TARN_CO_TRY(const std::optional<BackupDatabase::Known> known,
                    m_needs.database.findFile(file.path, file.info.stamp));
        bool usable = known.has_value();
        if (known) {
            TARN_CO_TRY(usable, co_await isUsable(*known, m_counts.filesChecked));
        }
        if (usable) {
            if (known->mustCheck) TARN_CO_TRY_VOID(m_needs.database.fileHealthy(known->cap));
            m_needs.tell("skipping " + file.path + "..");
            ++m_counts.filesReused;
            m_needs.progress.skip(file.info.stamp.size);
            co_return known->cap;
        }
    }
    co_return co_await uploadFile(file);
}

asio::awaitable<bool> BackupRun::storeFile(const BackupEntry& file, bool last)
{
    if (m_failure) co_return true;
    if (::access(file.path.c_str(), R_OK) != 0) {
        skip(unreadable(false, file.path));
        m_needs.progress.fileDone();
        co_return true;
    }
    const Result<std::string> cap = co_await capOfFile(file);
    if (!cap && !last && cap.error().code() == ErrorCode::IoFailure) co_return false;
    if (cap)
        m_children[file.parent][file.name] = {false, *cap, &file.info};
    else
        fail(file.path, cap.error());
    m_needs.progress.fileDone();
    co_return true;
}

std::string BackupRun::bodyOf(const Children& children)
{
    json body = json::object();
    for (const auto& [name, child] : children) {
        const json about = {{"ro_uri", child.cap}, {"metadata", metadataOf(*child.info)}};
        body[name] = json::array({child.isDirectory ? "dirnode" : "filenode", about});
    }
    return body.dump(-1, ' ', true);
}

std::string BackupRun::hashOf(const Children& children)
{
    std::map<std::string, std::string> identity;
    for (const auto& [name, child] : children)
        identity.emplace(name, child.cap);
    return directoryHash(identity);
}

asio::awaitable<Result<std::string>> BackupRun::capOfDirectory(const BackupEntry& directory,
                                                               const Children& children)
{
    const std::string hash = hashOf(children);
    TARN_CO_TRY(const std::optional<BackupDatabase::Known> known,
                m_needs.database.findDirectory(hash));
    const auto made = m_made.find(hash);
    bool usable = known.has_value();
    if (made == m_made.end() && known) {
        TARN_CO_TRY(usable, co_await isUsable(*known, m_counts.directoriesChecked));
    }
    if (made != m_made.end() || usable) {
        m_needs.tell(" re-using old directory for " + directory.path);
        ++m_counts.directoriesReused;
        const std::string cap = made != m_made.end() ? made->second : known->cap;
        if (made == m_made.end() && known->mustCheck)
            TARN_CO_TRY_VOID(m_needs.database.directoryHealthy(cap));
        co_return cap;
    }
    m_needs.tell(" creating directory for " + directory.path);
    const std::unique_ptr<GatewayClient> client = m_needs.web.newClient();
    TARN_CO_TRY(std::string cap,
                co_await requestText(*client, "POST", "/uri?t=mkdir-immutable", bodyOf(children)));
    TARN_CO_TRY_VOID(m_needs.database.directoryCreated(hash, cap));
    m_made.emplace(hash, cap);
    ++m_counts.directoriesCreated;
    co_return cap;
}

asio::awaitable<void> BackupRun::storeDirectory(const BackupEntry& directory, Children& children,
                                                std::string& cap)
{
    if (m_failure) co_return;
    const Result<std::string> made = co_await capOfDirectory(directory, children);
    if (!made)
        fail(directory.path, made.error());
    else if (directory.parent == BackupEntry::kNone)
        cap = *made;
    else
        m_children[directory.parent][directory.name] = {true, *made, &directory.info};
    children.clear();
}

void BackupRun::storeFiles(const BackupTree& tree)
{
    std::vector<std::uint64_t> sizes;
    for (const BackupEntry& file : tree.files)
        sizes.push_back(file.info.stamp.size);
    const BlockingGateway::Attempt attempt = [&](std::size_t i, bool last) {
        return storeFile(tree.files[i], last);
    };
    m_needs.web.runEachTransfer(sizes, attempt);
}

/// Those of the same contents come after the first of them, which they then use again.
void BackupRun::storeLevel(const BackupTree& tree, const std::vector<std::size_t>& level,
                           std::string& root)
{
    std::set<std::string> contents;
    std::vector<std::size_t> different;
    std::vector<std::size_t> repeated;
    for (const std::size_t i : level)
        (contents.insert(hashOf(m_children[i])).second ? different : repeated).push_back(i);
    for (const std::vector<std::size_t>& some : {different, repeated}) {
        m_needs.web.runEach(some.size(), [&](std::size_t i) {
            return storeDirectory(tree.directories[some[i]], m_children[some[i]], root);
        });
    }
}

namespace {

/// The directories of each depth, the last ones first.
std::vector<std::vector<std::size_t>> levelsOf(const BackupTree& tree)
{
    std::vector<std::vector<std::size_t>> levels;
    for (std::size_t i = tree.directories.size(); i > 0; --i) {
        const std::size_t depth = tree.directories[i - 1].depth;
        if (levels.size() <= depth) levels.resize(depth + 1);
        levels[depth].push_back(i - 1);
    }
    return levels;
}

} // namespace

Result<std::string> BackupRun::store(const BackupTree& tree)
{
    for (const BackupSkip& skipped : tree.skips)
        skip(skipped);
    m_children.resize(tree.directories.size());
    storeFiles(tree);
    std::string root;
    std::vector<std::vector<std::size_t>> levels = levelsOf(tree);
    for (; !levels.empty() && !m_failure; levels.pop_back())
        storeLevel(tree, levels.back(), root);
    TARN_TRY_VOID(m_needs.database.flush());
    if (m_failure) return *m_failure;
    if (root.empty()) return Error(ErrorCode::Internal, "the root could not be stored");
    return root;
}

} // namespace tarn::gateway::cli
