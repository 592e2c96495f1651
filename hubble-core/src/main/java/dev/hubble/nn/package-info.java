// SPDX-License-Identifier: Apache-2.0
/// The layers that the text encoder, the UNet and the VAE are built from. A layer is a record that
/// holds its weights; the names of its parts are the keys in the weight files.
package dev.hubble.nn;
