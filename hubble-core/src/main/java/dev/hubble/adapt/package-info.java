// SPDX-License-Identifier: Apache-2.0
/// What can be given to a model on top of its own weights: LoRAs, which change layers, and learned
/// words.
package dev.hubble.adapt;
