// grid_manager_folder: where a grid manager is kept: config.json and NAME.cert.N in a directory, or
// a configuration that comes from standard input and goes to standard output. Blocking.
// Source: spec 10 section 6; allmydata.cli.grid_manager.
#pragma once

#include "core/grid_manager/certificate.h"
#include "core/grid_manager/configuration.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::gateway::cli {

class GridManagerFolder
{
public:
    /// \param path   "-": standard input and output.
    /// \param print  to standard output.
    GridManagerFolder(std::string path, std::function<void(std::string_view)> print);

    /// Makes the directory, 0700, with config.json, 0600.
    /// \return Exists: there is something of that name.
    Result<void> create(const grid_manager::Configuration& configuration) const;
    Result<grid_manager::Configuration> load() const;
    /// config.json anew.
    Result<void> save(const grid_manager::Configuration& configuration) const;

    /// NAME.cert.0, NAME.cert.1 and so on up to the first that is missing; none with "-".
    Result<std::vector<grid_manager::SignedCertificate>>
    certificates(const std::string& name) const;
    /// In the first free NAME.cert.N; with "-" nowhere.
    Result<void> keepCertificate(const std::string& name,
                                 const grid_manager::SignedCertificate& certificate) const;
    /// Those that certificates() finds.
    Result<void> removeCertificates(const std::string& name) const;

private:
    bool isStream() const { return m_path == "-"; }
    std::string certificatePath(const std::string& name, std::size_t number) const;

    std::string m_path;
    std::function<void(std::string_view)> m_print;
};

} // namespace tarn::gateway::cli
