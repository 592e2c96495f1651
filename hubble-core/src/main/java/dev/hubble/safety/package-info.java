// SPDX-License-Identifier: Apache-2.0
/// The safety checker of v1 models: CLIP's image encoder, and the concepts that it looks for.
package dev.hubble.safety;
