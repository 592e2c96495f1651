// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.hub;

import java.util.Set;

/// What a hub says about a revision of a repository.
///
/// @param commit 40 hexadecimal digits
/// @param files the paths of all files; names that lead out of a folder are left out
record RepoInfo(String commit, Set<String> files) {}
