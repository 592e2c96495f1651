// SPDX-License-Identifier: Apache-2.0
/// Reads prompts: weights on words, and texts longer than what the text encoder takes at once.
package dev.hubble.prompt;
