// announced_certificates: what grid managers have signed about this server, told to clients with
// its announcement. Start-up and --announcement; blocking. Source: spec 10 section 6.
#pragma once

#include "core/grid_manager/certificate.h"

#include <string>
#include <vector>

namespace tarn::storage {

using Certificates = std::vector<grid_manager::SignedCertificate>;

/// Whether they hold is for clients to find out; here only their shape counts.
/// \param files  absolute, or below the state directory.
/// \return InvalidInput: a file that cannot be read or is no certificate, by its name.
Result<Certificates> readCertificatesBlocking(const std::vector<std::string>& files,
                                              const std::string& stateFolder);

} // namespace tarn::storage
