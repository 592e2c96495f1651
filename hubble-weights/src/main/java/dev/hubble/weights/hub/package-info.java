// SPDX-License-Identifier: Apache-2.0
/// Fetches models from a Hugging Face hub into the cache that all of Hugging Face's tools share.
package dev.hubble.weights.hub;
