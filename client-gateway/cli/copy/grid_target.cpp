#include "client-gateway/cli/copy/copy_target.h"
#include "client-gateway/cli/reports.h"
#include "core/cap/parse.h"
#include "core/codec/utf8.h"
#include "core/net/http_message.h"

#include <algorithm>

namespace tarn::gateway::cli {

namespace {

bool isReadOnly(const CopyDirectory& directory)
{
    return !directory.isNew && directory.caps.write.empty();
}

Error readOnly()
{
    return Error(ErrorCode::NotWriteable, "the directory is read-only");
}

bool hasTime(const NodeInfo& link, const std::optional<double>& wanted)
{
    return !wanted || (link.contentChanged && *link.contentChanged == *wanted);
}

class GridTarget final : public CopyTarget
{
public:
    explicit GridTarget(CopyRun& run) : m_run(run) {}

    void prepare(CopyTree& tree) override;
    asio::awaitable<Result<std::string>> store(const CopyDirectory& directory,
                                               CopyFile& file) override;
    void finish(CopyTree& tree) override;

private:
    using Indices = std::vector<std::size_t>;
    /// \return whether it exists, so that its children are to be fetched.
    bool findIn(const CopyDirectory& parent, CopyDirectory& directory);
    asio::awaitable<void> fetch(CopyDirectory& directory);
    /// Sets the link of the file, and sends the file for that where nothing else helps.
    /// \return what was done.  NotWriteable: it would have to be sent.
    asio::awaitable<Result<std::string>> obtain(CopyFile& file, bool maySend);
    asio::awaitable<Result<std::string>> overwrite(const CopyDirectory& directory, CopyFile& file,
                                                   const NodeInfo& before);
    asio::awaitable<Result<std::optional<std::string>>> knownCap(const CopySource& source);
    asio::awaitable<void> link(CopyDirectory& directory, std::vector<NewLink> links);
    asio::awaitable<Result<void>> tryLink(CopyDirectory& directory,
                                          const std::vector<NewLink>& links);
    /// New times for links to directories that are there.
    asio::awaitable<Result<void>> setTimes(const CopyDirectory& directory,
                                           const std::vector<NewLink>& links);

    CopyRun& m_run;
};

bool GridTarget::findIn(const CopyDirectory& parent, CopyDirectory& directory)
{
    directory.failed = parent.failed;
    directory.isNew = parent.isNew || !parent.children.contains(directory.name);
    if (!directory.failed && directory.isNew && isReadOnly(parent)) {
        directory.failed = true;
        m_run.report.fail(directory.label, readOnly());
    }
    if (directory.failed || directory.isNew) return false;
    const NodeInfo& node = parent.children.at(directory.name);
    if (node.kind == NodeInfo::Kind::Directory) {
        directory.caps = {node.writeCap, node.readCap};
        directory.newTime = !hasTime(node, directory.modified);
        if (directory.newTime && isReadOnly(parent)) {
            directory.newTime = false;
            m_run.report.fail(directory.label, readOnly());
        }
        return true;
    }
    directory.failed = true;
    m_run.report.fail(directory.label, Error(ErrorCode::Exists, "a file has this name"));
    return false;
}

asio::awaitable<void> GridTarget::fetch(CopyDirectory& directory)
{
    const std::unique_ptr<GatewayClient> client = m_run.web->newClient();
    const std::string& cap =
        directory.caps.write.empty() ? directory.caps.read : directory.caps.write;
    std::string target = "/uri/" + net::percentEncode(cap) + "?t=json";
    std::string noBody;
    directory.failed = true;
    const Result<std::string> text =
        co_await requestText(*client, "GET", std::move(target), std::move(noBody));
    Result<Description> found = text ? readDescription(*text) : Result<Description>(text.error());
    if (found) {
        directory.children = std::move(found->children);
        directory.failed = false;
    } else {
        m_run.report.fail(directory.label, found.error());
    }
}

void GridTarget::prepare(CopyTree& tree)
{
    for (const Indices& level : tree.levels()) {
        Indices existing;
        for (const std::size_t at : level) {
            CopyDirectory& directory = tree.directories[at];
            if (directory.parent == CopyDirectory::kNone) continue;
            if (findIn(tree.directories[directory.parent], directory)) existing.push_back(at);
        }
        m_run.web->runEach(existing.size(),
                           [&](std::size_t i) { return fetch(tree.directories[existing[i]]); });
    }
}

asio::awaitable<Result<std::optional<std::string>>> GridTarget::knownCap(const CopySource& source)
{
    if (!m_run.database || !source.isLocal() || !codec::isUtf8(asBytes(source.path)))
        co_return std::optional<std::string>();
    TARN_CO_TRY(const std::optional<BackupDatabase::Known> known,
                m_run.database->findFile(source.path, source.stamp));
    if (!known) co_return std::optional<std::string>();
    if (known->mustCheck) {
        const std::unique_ptr<GatewayClient> client = m_run.web->newClient();
        TARN_CO_TRY(const bool healthy, co_await isHealthy(*client, known->cap));
        if (!healthy) co_return std::optional<std::string>();
        TARN_CO_TRY_VOID(m_run.database->fileHealthy(known->cap));
    }
    co_return std::optional<std::string>(known->cap);
}

/// A mutable file keeps its capability and gets new contents, where they are not the same.
asio::awaitable<Result<std::string>> GridTarget::overwrite(const CopyDirectory& directory,
                                                           CopyFile& file, const NodeInfo& before)
{
    const std::unique_ptr<GatewayClient> client = m_run.web->newClient();
    const std::unique_ptr<GatewayClient> from = m_run.web->newClient();
    std::string readCap = before.readCap;
    // What cannot be read there is written anew.
    const Result<bool> same = co_await holdsSame(*from, std::move(readCap), file.source);
    const bool isSame = same.value_or(false);
    const bool sameTime = hasTime(before, file.source.modified);
    if (isSame) {
        m_run.progress.skip(file.source.size);
    } else {
        std::string target = "/uri/" + net::percentEncode(directory.caps.write) + "/" +
                             net::percentEncode(file.name);
        Result<std::string> done;
        if (file.source.isLocal())
            done = co_await uploadTo(*client, file.source, std::move(target), m_run.progress);
        else
            done = co_await relayTo(*client, *from, file.source, std::move(target), m_run.progress);
        if (!done) co_return done.error();
    }
    if (isSame && sameTime) {
        ++m_run.report.unchanged;
        co_return std::string("unchanged");
    }
    if (!sameTime) {
        file.link.write = before.writeCap;
        file.link.read = before.readCap;
    }
    ++m_run.report.files;
    if (!isSame) co_return std::string("overwritten");
    ++m_run.report.reused;
    co_return std::string("new time");
}

asio::awaitable<Result<std::string>> GridTarget::obtain(CopyFile& file, bool maySend)
{
    const CopySource& source = file.source;
    if (!source.isLocal() && !source.node.isMutable) {
        file.link.read = source.node.readCap;
        co_return std::string("linked");
    }
    TARN_CO_TRY(std::optional<std::string> known, co_await knownCap(source));
    if (known) {
        file.link.read = *std::move(known);
        co_return std::string("reused");
    }
    if (!maySend) co_return readOnly();
    const std::unique_ptr<GatewayClient> client = m_run.web->newClient();
    if (!source.isLocal()) {
        const std::unique_ptr<GatewayClient> from = m_run.web->newClient();
        TARN_CO_TRY(file.link.read,
                    co_await relayTo(*client, *from, source, "/uri", m_run.progress));
        co_return std::string("copied");
    }
    TARN_CO_TRY(file.link.read, co_await uploadTo(*client, source, "/uri", m_run.progress));
    if (m_run.database && codec::isUtf8(asBytes(source.path))) {
        TARN_CO_TRY_VOID(m_run.database->fileUploaded(source.path, source.stamp, file.link.read));
    }
    co_return std::string("copied");
}

asio::awaitable<Result<std::string>> GridTarget::store(const CopyDirectory& directory,
                                                       CopyFile& file)
{
    const CopySource& source = file.source;
    const auto before = directory.children.find(file.name);
    const bool exists = before != directory.children.end();
    const bool maySend = !isReadOnly(directory);
    if (exists && before->second.kind == NodeInfo::Kind::Directory)
        co_return Error(ErrorCode::Exists, "a directory has this name");
    if (exists && before->second.isMutable && maySend)
        co_return co_await overwrite(directory, file, before->second);

    TARN_CO_TRY(std::string what, co_await obtain(file, maySend));
    if (what != "copied") m_run.progress.skip(source.size);
    if (exists && hasTime(before->second, source.modified) &&
        before->second.readCap == file.link.read) {
        file.link = {};
        ++m_run.report.unchanged;
        co_return std::string("unchanged");
    }
    if (!maySend) co_return readOnly();
    ++m_run.report.files;
    if (what == "reused") ++m_run.report.reused;
    co_return what;
}

asio::awaitable<Result<void>> GridTarget::tryLink(CopyDirectory& directory,
                                                  const std::vector<NewLink>& links)
{
    const std::unique_ptr<GatewayClient> client = m_run.web->newClient();
    std::string target = "/uri?t=mkdir-with-children";
    if (!directory.isNew) {
        target = "/uri/" + net::percentEncode(directory.caps.write) +
                 "?t=set_children&replace=only-files";
    }
    const std::optional<double> linked =
        directory.isNew ? std::optional<double>(m_run.now) : std::nullopt;
    std::string body = childrenJson(links, linked);
    TARN_CO_TRY(const std::string answer,
                co_await requestText(*client, "POST", std::move(target), std::move(body)));
    if (directory.isNew) {
        directory.caps.write = answer;
        directory.caps.read = cap::printCap(cap::readOnlyOf(cap::parseCap(answer)));
        ++m_run.report.directories;
    }
    co_return ok();
}

asio::awaitable<Result<void>> GridTarget::setTimes(const CopyDirectory& directory,
                                                   const std::vector<NewLink>& links)
{
    const std::unique_ptr<GatewayClient> client = m_run.web->newClient();
    std::string target =
        "/uri/" + net::percentEncode(directory.caps.write) + "?t=set_children&replace=true";
    std::string body = childrenJson(links, std::nullopt);
    TARN_CO_TRY_VOID(co_await requestText(*client, "POST", std::move(target), std::move(body)));
    co_return ok();
}

asio::awaitable<void> GridTarget::link(CopyDirectory& directory, std::vector<NewLink> links)
{
    const auto firstThere = std::stable_partition(
        links.begin(), links.end(), [](const NewLink& link) { return !link.isThere; });
    const std::vector<NewLink> there(firstThere, links.end());
    links.erase(firstThere, links.end());
    Result<void> done = ok();
    if (directory.isNew || !links.empty()) done = co_await tryLink(directory, links);
    if (done && !there.empty()) done = co_await setTimes(directory, there);
    if (done) co_return;
    directory.failed = true;
    m_run.report.fail(directory.label, done.error());
}

void GridTarget::finish(CopyTree& tree)
{
    std::vector<std::vector<NewLink>> links(tree.directories.size());
    for (const CopyFile& file : tree.files) {
        if (file.link.any())
            links[file.directory].push_back(
                {file.name, false, file.link, file.source.modified, false});
    }
    const std::vector<Indices> levels = tree.levels();
    for (auto level = levels.rbegin(); level != levels.rend(); ++level) {
        Indices changed;
        for (const std::size_t at : *level) {
            const CopyDirectory& directory = tree.directories[at];
            if (!directory.failed && (directory.isNew || !links[at].empty())) changed.push_back(at);
        }
        m_run.web->runEach(changed.size(), [&](std::size_t i) {
            return link(tree.directories[changed[i]], std::move(links[changed[i]]));
        });
        for (const std::size_t at : *level) {
            const CopyDirectory& done = tree.directories[at];
            if (done.failed || done.parent == CopyDirectory::kNone) continue;
            if (done.isNew || done.newTime) {
                links[done.parent].push_back(
                    {done.name, true, done.caps, done.modified, done.newTime});
            }
        }
    }
}

} // namespace

std::unique_ptr<CopyTarget> makeGridTarget(CopyRun& run)
{
    return std::make_unique<GridTarget>(run);
}

} // namespace tarn::gateway::cli
