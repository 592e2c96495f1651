// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import java.util.List;

/// A text as the model reads it.
///
/// @param ids exactly as many ids as the text encoder takes (77): start, text, end, padding
/// @param pieces the text's tokens as readable pieces, start and end not included, before
///   truncation; `</w>` marks a word's end
/// @param untruncated how many ids the whole text would need, start and end included
/// @param truncated the end of the text that did not fit; empty if all did
public record Tokens(List<Integer> ids, List<String> pieces, int untruncated, String truncated) {}
