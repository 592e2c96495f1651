// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.hub;

import java.net.URI;

/// A file on the hub, as a HEAD request describes it.
///
/// @param repo whose
/// @param commit of which commit
/// @param path in the repository
/// @param etag what it is called in the cache: the hash of its content
/// @param size in bytes, or -1 if the hub does not say
/// @param location where its bytes are; may be on another host, signed and valid for a while
record RemoteFile(RepoId repo, String commit, String path, String etag, long size, URI location) {}
