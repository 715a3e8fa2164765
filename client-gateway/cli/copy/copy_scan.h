// copy_scan: finds everything below the sources of `tarn cp`. Symbolic links are followed, loops
// of them and of directories on the grid are cut; what cannot be read is reported and left out.
#pragma once

#include "client-gateway/cli/copy/copy_place.h"

#include <deque>
#include <map>

namespace tarn::gateway::cli {

class CopyScan
{
public:
    /// \param toGrid  names must fit into directories of the grid.
    CopyScan(Session& session, CopyTree& tree, CopyReport& report, bool toGrid)
        : m_session(session), m_tree(tree), m_report(report), m_toGrid(toGrid)
    {
    }

    /// A file or directory into the target; a directory without a name gives its contents.
    void add(const Place& source);
    /// Goes through all directories that were added. \return PeerUnreachable: no gateway.
    Result<void> run();

private:
    static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
    /// A source directory.
    struct Visit
    {
        std::string label;
        std::string path; ///< local; empty: on the grid
        std::string cap;  ///< on the grid
        std::size_t target = 0;
        std::size_t above = kNone; ///< the visit that found it
        std::size_t depth = 0;
        std::string identity;                     ///< the same for the same directory
        std::map<std::string, std::string> names; ///< as the target calls them, to the source's
        std::optional<Result<Description>> fetched;
    };
    asio::awaitable<void> fetch(Visit& visit);
    void fetchAll(BlockingGateway& web, std::size_t begin, std::size_t end);
    void expandLocal(std::size_t at);
    void expandRemote(std::size_t at);
    void addLocal(std::size_t at, const std::string& name);
    void addRemote(std::size_t at, const std::string& name, const NodeInfo& node);
    void visitBelow(std::size_t at, Visit below, const std::string& name,
                    std::optional<double> modified);
    bool isLoop(std::size_t above, const std::string& identity) const;
    /// As the target will call it.
    Result<std::string> targetName(std::string_view name) const;
    /// The same of what is in a visited directory. \return Exists: another spelling of a name
    /// there.
    Result<std::string> nameIn(std::size_t at, const std::string& name);
    void complain(const std::string& label, ErrorCode code, const std::string& reason);

    Session& m_session;
    CopyTree& m_tree;
    CopyReport& m_report;
    bool m_toGrid;
    std::deque<Visit> m_visits;
    BlockingGateway* m_web = nullptr;
};

} // namespace tarn::gateway::cli
