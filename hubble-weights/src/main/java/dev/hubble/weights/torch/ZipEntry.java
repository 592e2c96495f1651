// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.torch;

/// One file in an archive.
///
/// @param name its path
/// @param deflated whether it is compressed; it is stored as it is otherwise
/// @param start where its bytes begin, counted from the beginning of the archive
/// @param packed how many bytes it takes there
/// @param size how many bytes it has
record ZipEntry(String name, boolean deflated, long start, long packed, long size) {}
