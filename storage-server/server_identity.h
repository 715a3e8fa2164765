// server_identity: who this storage server is to its clients, and how it says so. Start-up and
// --announcement; blocking.
//
//   private/swissnum    base32 of 20 bytes: the account that everybody shares; deleting it makes
//                       a new one at the next start, and the old NURLs worthless
//   permutation-seed    base32: where the server stands in the permuted order; never changes
#pragma once

#include "core/node/node_key.h"
#include "core/wire/announcement.h"
#include "storage-server/service_config.h"

namespace tarn::storage {

inline constexpr std::string_view kRole = "storage"; ///< of the state directory

struct ServerIdentity
{
    node::NodeIdentity node;
    Secret swissnum;             ///< the text that stands in NURLs
    std::string permutationSeed; ///< base32
};

/// Makes at the first start what is missing.
Result<ServerIdentity> readOrMakeServerIdentity(const node::StateDir& dir, Random& random);
/// \return NotFound: the server was never started.
Result<ServerIdentity> readServerIdentity(const node::StateDir& dir);

/// Of a state directory, whether its daemon runs or not; made now if this server was never started.
/// Waits for another process that is making it. Errors as the directory has.
Result<ServerIdentity> findServerIdentityBlocking(const std::string& stateFolder, Random& random,
                                                  Duration patience = std::chrono::seconds(5));

/// One per announced location. \param port  in place of port 0.
std::vector<wire::Nurl> nurlsOf(const ServerIdentity& identity, const ServiceConfig& config,
                                std::uint16_t port);
/// The same for the account with this credential, whether there is an anonymous one or not.
std::vector<wire::Nurl> nurlsWith(const ServerIdentity& identity, const ServiceConfig& config,
                                  std::uint16_t port, const Secret& swissnum);

/// Without an anonymous account it names no NURLs.
wire::Announcement announcementOf(const ServerIdentity& identity, const ServiceConfig& config,
                                  std::uint16_t port);

} // namespace tarn::storage
