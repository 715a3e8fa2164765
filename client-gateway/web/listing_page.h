// listing_page: a directory as a page for people; works without scripts. Pure.
#pragma once

#include "client-gateway/dirs/directory_service.h"
#include "client-gateway/web/cap_info.h"

#include <string>

namespace tarn::gateway::web {

/// Children with links, and where the capability may write forms to upload, make a folder, rename
/// and delete.
std::string listingPage(const CapInfo& directory, const DirectoryContents& contents);
/// The form of t=rename-form.
std::string renamePage(const CapInfo& directory, const std::string& name);

} // namespace tarn::gateway::web
