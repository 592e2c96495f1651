// SPDX-License-Identifier: Apache-2.0
/// From a prompt to pixels. Read [dev.hubble.pipeline.TextToImage] first: the denoising loop stands
/// there in plain sight.
package dev.hubble.pipeline;
