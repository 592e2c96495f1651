// SPDX-License-Identifier: Apache-2.0
/// The safetensors format: an eight-byte length, a JSON header, and the numbers.
package dev.hubble.weights.safetensors;
