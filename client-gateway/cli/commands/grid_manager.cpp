#include "client-gateway/cli/commands.h"
#include "client-gateway/cli/setup/grid_manager_folder.h"
#include "client-gateway/cli/setup/grid_manager_report.h"
#include "core/grid_manager/key_text.h"

#include <algorithm>

namespace tarn::gateway::cli {

namespace {

using grid_manager::Configuration;
using grid_manager::ManagedServer;

/// One grid manager while a command is about it.
class Desk
{
public:
    Desk(Session& session, const GridManagerCommand& command)
        : m_session(session), m_command(command),
          m_folder(command.folder, [&session](std::string_view text) { session.console.out(text); })
    {
    }

    Result<void> create()
    {
        SystemRandom random;
        return m_folder.create(grid_manager::makeConfiguration(random));
    }

    Result<void> printIdentity()
    {
        TARN_TRY(const Configuration manager, m_folder.load());
        const std::string key = grid_manager::publicKeyText(manager.key().publicKey());
        m_session.console.out(m_session.options.json ? "{\"public_key\":\"" + key + "\"}\n"
                                                     : key + "\n");
        return ok();
    }

    Result<void> add()
    {
        TARN_TRY(Configuration manager, m_folder.load());
        if (manager.find(m_command.name) != nullptr) {
            return Error(ErrorCode::Exists,
                         "A storage-server called '" + m_command.name + "' already exists");
        }
        ManagedServer server;
        TARN_TRY_VOID(grid_manager::checkServerName(m_command.name));
        server.name = m_command.name;
        TARN_TRY(server.key, grid_manager::parsePublicKey(m_command.publicKey));
        manager.servers.push_back(std::move(server));
        return m_folder.save(manager);
    }

    Result<void> remove()
    {
        TARN_TRY(Configuration manager, m_folder.load());
        TARN_TRY(const ManagedServer server, named(manager));
        TARN_TRY_VOID(m_folder.removeCertificates(server.name));
        std::erase(manager.servers, server);
        return m_folder.save(manager);
    }

    Result<void> sign()
    {
        TARN_TRY(const Configuration manager, m_folder.load());
        TARN_TRY(const ManagedServer server, named(manager));
        const WallTime expires =
            m_session.clock.wallNow() + std::chrono::hours(24) * m_command.days;
        const grid_manager::SignedCertificate certificate =
            grid_manager::issueCertificate(manager.key(), server.key, expires);
        TARN_TRY_VOID(m_folder.keepCertificate(server.name, certificate));
        m_session.console.out(grid_manager::certificateJson(certificate) + "\n");
        return ok();
    }

    Result<void> list()
    {
        TARN_TRY(Configuration manager, m_folder.load());
        const crypto::Ed25519PublicKey key = manager.key().publicKey();
        std::sort(manager.servers.begin(), manager.servers.end(),
                  [](const ManagedServer& a, const ManagedServer& b) { return a.name < b.name; });
        std::vector<ListedServer> servers;
        for (const ManagedServer& server : manager.servers) {
            TARN_TRY(ListedServer listed, listing(server, key));
            servers.push_back(std::move(listed));
        }
        const WallTime now = m_session.clock.wallNow();
        m_session.console.out(m_session.options.json ? serverListJson(servers, now)
                                                     : serverListText(servers, now));
        return ok();
    }

private:
    Result<ManagedServer> named(const Configuration& manager) const
    {
        const ManagedServer* const server = manager.find(m_command.name);
        if (server != nullptr) return *server;
        return Error(ErrorCode::NotFound,
                     "No storage-server called '" + m_command.name + "' exists");
    }

    Result<ListedServer> listing(const ManagedServer& server,
                                 const crypto::Ed25519PublicKey& key) const
    {
        ListedServer out;
        out.name = server.name;
        out.publicKey = grid_manager::publicKeyText(server.key);
        TARN_TRY(const std::vector<grid_manager::SignedCertificate> certificates,
                 m_folder.certificates(server.name));
        for (std::size_t i = 0; i < certificates.size(); ++i) {
            const std::string file = server.name + ".cert." + std::to_string(i);
            if (!grid_manager::isSignedBy(key, certificates[i]))
                return Error(ErrorCode::Corrupt, file + " is not signed by this grid manager");
            Result<grid_manager::CertificateContent> content =
                grid_manager::readContent(certificates[i].certificate);
            if (!content) return std::move(content).error().within(file);
            if (content->version != 1)
                return Error(ErrorCode::Unsupported, "Unknown certificate version '" +
                                                         std::to_string(content->version) +
                                                         "' in '" + file + "'");
            out.certificates.push_back(*std::move(content));
        }
        return out;
    }

    Session& m_session;
    const GridManagerCommand& m_command;
    GridManagerFolder m_folder;
};

Result<void> act(Desk& desk, GridManagerCommand::Action action)
{
    using Action = GridManagerCommand::Action;
    switch (action) {
    case Action::Create:
        return desk.create();
    case Action::PublicIdentity:
        return desk.printIdentity();
    case Action::Add:
        return desk.add();
    case Action::Remove:
        return desk.remove();
    case Action::List:
        return desk.list();
    case Action::Sign:
        return desk.sign();
    }
    return Error(ErrorCode::Internal, "no such action");
}

} // namespace

Result<int> run(Session& session, const GridManagerCommand& command)
{
    Desk desk(session, command);
    TARN_TRY_VOID(act(desk, command.action));
    return kOk;
}

} // namespace tarn::gateway::cli
