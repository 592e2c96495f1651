// SPDX-License-Identifier: Apache-2.0
/// CLIP's reading of a prompt (Radford et al., 2021, arXiv:2103.00020). Start with
/// [dev.hubble.clip.Tokenizer].
package dev.hubble.clip;
