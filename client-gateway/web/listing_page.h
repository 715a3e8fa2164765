// listing_page: a directory as a page for people; works without scripts. Pure.
#pragma once

#include "client-gateway/dirs/directory_service.h"
#include "client-gateway/web/cap_info.h"

#include <string>

namespace tarn::gateway::web {

/// Children with links, a form to check, and where the capability may write forms to upload and to
/// make a folder, and the way to renamePage().
std::string listingPage(const CapInfo& directory, const DirectoryContents& contents);
/// t=rename-form: renames the child or deletes it.
std::string renamePage(const CapInfo& directory, const std::string& name);

} // namespace tarn::gateway::web
